"""`python -m support_policy` is `support-policy`."""

import sys

from support_policy.cli import main

if __name__ == "__main__":
    sys.exit(main())
