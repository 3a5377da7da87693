"""`python -m backrow` is the command `backrow`."""

from backrow.cli import run

if __name__ == "__main__":
    run()
