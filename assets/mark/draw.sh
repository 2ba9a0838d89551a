#!/bin/sh
# Draws the mark as PNG and ICO, with Chromium. Needed only when the mark changes; the results are committed.
set -eu
cd "$(dirname "$0")"
browser=${BROWSER:-chromium}
for size in 32 180 192 512; do
  "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
    --default-background-color=00000000 --window-size=$size,$size --screenshot="$PWD/icon-$size.png" \
    "data:text/html,<body style='margin:0'><img style='display:block' width=$size height=$size src='data:image/svg+xml;base64,$(base64 -w0 tile.svg)'>" 2>/dev/null
done
node -e '
const fs = require("fs"), png = fs.readFileSync("icon-32.png"), head = Buffer.alloc(22);
head.writeUInt16LE(1, 2); head.writeUInt16LE(1, 4);
head[6] = 32; head[7] = 32; head.writeUInt16LE(1, 10); head.writeUInt16LE(32, 12);
head.writeUInt32LE(png.length, 14); head.writeUInt32LE(22, 18);
fs.writeFileSync("favicon.ico", Buffer.concat([head, png]));
'
rm icon-32.png
