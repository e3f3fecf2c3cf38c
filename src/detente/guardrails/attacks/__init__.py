"""How attacks on prompts look: phrases, and text that nobody sees. Pure; `detectors.prompt_attack`
asks both."""
