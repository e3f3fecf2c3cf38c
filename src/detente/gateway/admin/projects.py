"""Projects: list, make, show, replace, remove (`gateway.key_book`)."""

from typing import Final, NoReturn

from detente.canonical.failure import ClientFault
from detente.canonical.principal import Scope
from detente.gateway.admin.operation import Answer, Call, Operation, Refused
from detente.gateway.admin.parts import AdminParts
from detente.gateway.callers.key_book import KeyRefused, no_project
from detente.gateway.callers.key_forms import (
    ProjectAsked,
    ProjectShown,
    ProjectsShown,
    ScopeAsked,
    scope_asked,
    shown_project,
)

PATH: Final = "/admin/v1/projects"
ONE: Final = f"{PATH}/{{name}}"


async def list_projects(parts: AdminParts, call: Call) -> Answer:
    """The asker's projects."""
    projects = await parts.keys.projects()
    shown = tuple(shown_project(project) for project in projects if call.sees(project.name))
    return Answer(ProjectsShown(projects=shown))


async def create_project(parts: AdminParts, call: Call) -> Answer:
    """A new project."""
    asked = call.body_of(ProjectAsked)
    try:
        project = await parts.keys.create_project(asked.name, _scope(asked))
    except KeyRefused as refused:
        _refuse(refused)
    return Answer(shown_project(project), status=201)


async def show_project(parts: AdminParts, call: Call) -> Answer:
    """One project; somebody else's is none."""
    name = call.path["name"]
    try:
        if not call.sees(name):
            raise no_project(name)
        return Answer(shown_project(await parts.keys.project(name)))
    except KeyRefused as refused:
        _refuse(refused)


async def set_project(parts: AdminParts, call: Call) -> Answer:
    """All that a project says, in place of what it said."""
    scope = _scope(call.body_of(ScopeAsked))
    try:
        return Answer(shown_project(await parts.keys.set_project(call.path["name"], scope)))
    except KeyRefused as refused:
        _refuse(refused)


async def remove_project(parts: AdminParts, call: Call) -> Answer:
    """A project goes."""
    try:
        return Answer(shown_project(await parts.keys.remove_project(call.path["name"])))
    except KeyRefused as refused:
        _refuse(refused)


def _scope(asked: ScopeAsked) -> Scope:
    try:
        return scope_asked(asked)
    except ClientFault as fault:
        raise Refused("body_invalid", str(fault)) from None


def _refuse(refused: KeyRefused) -> NoReturn:
    raise Refused(refused.code, str(refused)) from None


PROJECTS: Final = (
    Operation(
        name="list_projects",
        method="GET",
        path=PATH,
        summary="All projects by name, of the configuration and of the store.",
        permission="projects_read",
        answers={200: ProjectsShown},
        handler=list_projects,
        refuses=("store_unavailable",),
    ),
    Operation(
        name="create_project",
        method="POST",
        path=PATH,
        summary="Make a project.",
        permission="projects_write",
        body=ProjectAsked,
        answers={201: ProjectShown},
        handler=create_project,
        refuses=("conflict", "store_unavailable"),
        told=("name",),
    ),
    Operation(
        name="show_project",
        method="GET",
        path=ONE,
        summary="One project.",
        permission="projects_read",
        answers={200: ProjectShown},
        handler=show_project,
        refuses=("unknown", "store_unavailable"),
    ),
    Operation(
        name="set_project",
        method="PUT",
        path=ONE,
        summary="Replace all that a project of the store says; what is left out holds no more.",
        permission="projects_write",
        body=ScopeAsked,
        answers={200: ProjectShown},
        handler=set_project,
        refuses=("unknown", "conflict", "store_unavailable"),
    ),
    Operation(
        name="remove_project",
        method="DELETE",
        path=ONE,
        summary="Remove a project of the store that never had a key.",
        permission="projects_write",
        answers={200: ProjectShown},
        handler=remove_project,
        refuses=("unknown", "conflict", "store_unavailable"),
    ),
)
