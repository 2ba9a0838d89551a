#!/bin/sh
# Builds what internal/web/static/files holds. The results are committed, so that the program builds
# without Node. Run it after changing a class in a template, a style, a script or icons.txt.
set -eu
cd "$(dirname "$0")"
out=../internal/web/static/files
[ -d node_modules ] || npm ci --no-fund --no-audit
mkdir -p "$out" ../test/e2e/testdata
node_modules/.bin/tailwindcss -i css/input.css -o "$out/app.css" --minify
node icons.js > "$out/icons.svg"
cp js/hall.js js/sw.js "$out/"
cp node_modules/htmx.org/dist/htmx.min.js "$out/htmx.js"
cp mark/mark.svg mark/favicon.ico mark/hall.webmanifest mark/icon-180.png mark/icon-192.png mark/icon-512.png "$out/"
cp node_modules/axe-core/axe.min.js ../test/e2e/testdata/axe.min.js
for f in app.css hall.js htmx.js icons.svg; do
  printf '%-10s %7d bytes, %6d compressed\n' "$f" "$(wc -c < "$out/$f")" "$(gzip -9c "$out/$f" | wc -c)"
done
