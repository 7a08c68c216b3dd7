#!/bin/sh
# A program that takes down how it is called, and then does what the file NAME.does beside it says.
name=$(basename "$0")
here=$(dirname "$0")
printf '%s' "$name" >>"$here/calls"
for argument; do printf ' [%s]' "$argument" >>"$here/calls"; done
printf '\n' >>"$here/calls"
env >>"$here/environment"
. "$here/$name.does"
