#!/bin/sh
# Print a Python 3.10 to 3.12 that runs and can make virtual environments, or say how to get one.
# The one that CI uses comes first; a name on the PATH may be a version manager's stub that only fails.
fits='import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))'
root=$(dirname "$0")/..
for candidate in "$@" python3.11 python3.12 python3.10 python3 python "$root/.venv/bin/python"; do
    if "$candidate" -c "$fits" >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
{
    version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
    case $version in
        3.10 | 3.11 | 3.12)
            echo "Python $version is here, but cannot make virtual environments (venv, ensurepip)."
            echo "On Debian and Ubuntu: sudo apt-get install python$version-venv"
            ;;
        *)
            echo "Plumb needs Python 3.10, 3.11 or 3.12${version:+; python3 is $version}."
            echo "On Debian 12, Ubuntu 22.04 and 24.04: sudo apt-get install python3 python3-venv"
            echo "Elsewhere, install one (uv python install 3.12, or pyenv install 3.12) and name it:"
            echo "    make ${MAKECMDGOALS:-setup} PYTHON=/path/to/python3.12"
            ;;
    esac
} >&2
exit 1
