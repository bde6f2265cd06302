#!/usr/bin/env bash
# Packs the package, installs the tarball in an empty folder outside the checkout and runs a scenario there:
# what a user gets, without the sources, the tests or the development packages.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$scratch/tarball" "$scratch/user"

echo '-- npm pack'
npm pack --pack-destination "$scratch/tarball"

echo '-- npm install of the tarball in an empty folder'
cd "$scratch/user"
npm install --prefix "$scratch/user" "$scratch"/tarball/brokerlab-*.tgz

echo '-- the exported modules load'
node --input-type=module --eval '
  for (const name of ["brokerlab", "brokerlab/sim", "brokerlab/model", "brokerlab/scenarios", "brokerlab/reports"]) {
    const names = Object.keys(await import(name));
    if (names.length === 0) throw new Error(`${name} exports nothing`);
    console.log(`${name}: ${names.length} exports`);
  }
'

echo '-- npx brokerlab run leader-crash --seed 1'
# --no: only the package just installed, never one of that name from a registry.
npx --no -- brokerlab run leader-crash --seed 1

echo '-- the package works outside the checkout'
