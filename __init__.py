"""The door of the FiftyOne plugin `@plumb/depth`; FiftyOne executes this file again on every request."""


def register(p):
    import sys
    from pathlib import Path

    root = str(Path(__file__).resolve().parent)
    if root not in sys.path:
        sys.path.append(root)  # for `import plumb`, which other processes can import too
    import plumb

    if Path(plumb.__file__).resolve().parent.parent != Path(root):
        raise ImportError(
            f"another package named plumb, {plumb.__file__}, hides the one of {root}: rename or remove it"
        )

    from .operators import OPERATORS
    from .panels import PANELS

    for part in (*OPERATORS, *PANELS):
        p.register(part)
