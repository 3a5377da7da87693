#!/bin/sh
# Installs a Debian package for a program that is missing, where that is allowed:
# need.sh PACKAGE PROGRAM...  (any of the programs will do)
package=$1
shift
for program; do command -v "$program" >/dev/null && exit 0; done
apt-get install -qq -y "$package" >/dev/null || {
	echo "missing: $*; on Debian: apt install $package" >&2
	exit 1
}
