"""`detente projects`: make, list, change and remove projects of the key store.

A project's labels, allowed models and deployments, budgets and limits hold for all its keys.
Projects of the configuration are listed beside them and are changed there.

    detente projects create shop --budget 1000/month
    detente keys create app1 --project shop
"""

import sys
from typing import Final
from urllib.parse import quote

import msgspec
from cyclopts import App
from rich.table import Table

from detente.canonical.failure import ClientFault
from detente.cli.key_access import Asked, carry_out
from detente.cli.parameters import HERE, GatewayConfig, Json
from detente.cli.scope_options import (
    Budgets,
    Deployments,
    Labels,
    Limits,
    Models,
    budget_text,
    limit_text,
    scope_from,
)
from detente.cli.told_scope import lines_of
from detente.gateway.callers.key_book import KeyBook
from detente.gateway.callers.key_forms import (
    ProjectAsked,
    ProjectShown,
    ProjectsShown,
    scope_asked,
    shown_project,
)
from detente.terminal import console

PATH: Final = "/admin/v1/projects"

app = App(name="projects", help="Make, list, change and remove projects.")


@app.command
def create(
    name: str,
    /,
    *,
    label: Labels = (),
    model: Models = (),
    deployment: Deployments = (),
    budget: Budgets = (),
    limit: Limits = (),
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """Make a project.

    Parameters
    ----------
    name
        Its name.
    """
    scope = scope_from(
        labels=label, models=model, deployments=deployment, budgets=budget, limits=limit
    )
    try:
        asked = msgspec.convert({**msgspec.structs.asdict(scope), "name": name}, ProjectAsked)
    except msgspec.ValidationError:
        said = f"`{name}` is no name; write letters, digits, `.`, `_` and `-`"
        raise ClientFault("request_invalid", said) from None

    async def at_rest(book: KeyBook) -> ProjectShown:
        return shown_project(await book.create_project(name, scope_asked(asked)))

    _show(carry_out(config, Asked("POST", PATH, asked), ProjectShown, at_rest), as_json=as_json)


@app.command(name="list")
def list_projects(*, config: GatewayConfig = HERE, as_json: Json = False) -> None:
    """List all projects, of the configuration and of the store."""

    async def at_rest(book: KeyBook) -> ProjectsShown:
        return ProjectsShown(projects=tuple(map(shown_project, await book.projects())))

    found = carry_out(config, Asked("GET", PATH), ProjectsShown, at_rest)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    elif found.projects:
        table = Table("project", "labels", "models", "budgets", "limits", "where")
        for project in found.projects:
            labels = ", ".join(f"{name}={value}" for name, value in project.labels.items())
            models = "all" if project.models is None else ", ".join(project.models) or "none"
            budgets = ", ".join(map(budget_text, project.budgets))
            limits = ", ".join(map(limit_text, project.limits))
            table.add_row(project.name, labels, models, budgets, limits, project.source)
        console().print(table)
    else:
        sys.stdout.write("no projects; make one with `detente projects create NAME`\n")


@app.command
def show(name: str, /, *, config: GatewayConfig = HERE, as_json: Json = False) -> None:
    """Show a project.

    Parameters
    ----------
    name
        The project's name.
    """

    async def at_rest(book: KeyBook) -> ProjectShown:
        return shown_project(await book.project(name))

    _show(carry_out(config, Asked("GET", _path(name)), ProjectShown, at_rest), as_json=as_json)


@app.command(name="set")
def set_project(
    name: str,
    /,
    *,
    label: Labels = (),
    model: Models = (),
    deployment: Deployments = (),
    budget: Budgets = (),
    limit: Limits = (),
    config: GatewayConfig = HERE,
    as_json: Json = False,
) -> None:
    """Replace all that a project says: what is left out holds no more.

    Parameters
    ----------
    name
        The project's name.
    """
    asked = scope_from(
        labels=label, models=model, deployments=deployment, budgets=budget, limits=limit
    )

    async def at_rest(book: KeyBook) -> ProjectShown:
        return shown_project(await book.set_project(name, scope_asked(asked)))

    found = carry_out(config, Asked("PUT", _path(name), asked), ProjectShown, at_rest)
    _show(found, as_json=as_json)


@app.command
def remove(name: str, /, *, config: GatewayConfig = HERE, as_json: Json = False) -> None:
    """Remove a project of the store that never had a key.

    Parameters
    ----------
    name
        The project's name.
    """

    async def at_rest(book: KeyBook) -> ProjectShown:
        return shown_project(await book.remove_project(name))

    found = carry_out(config, Asked("DELETE", _path(name)), ProjectShown, at_rest)
    if as_json:
        _show(found, as_json=True)
    else:
        sys.stdout.write(f"project `{name}` is removed\n")


def _path(name: str) -> str:
    return f"{PATH}/{quote(name, safe='')}"


def _show(project: ProjectShown, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(project).decode() + "\n")
        return
    for line in lines_of(project):
        sys.stdout.write(f"{line}\n")
