"""``python -m beaconline`` is the command ``beaconline``."""

from __future__ import annotations

import sys

from beaconline.cli.main import main

sys.exit(main())
