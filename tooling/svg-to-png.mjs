// @ts-check
/**
 * Draws an SVG chart of a report as PNG beside it, to look at it without a browser.
 *
 * Usage: node tooling/svg-to-png.mjs CHART.svg...
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';

for (const svgFile of process.argv.slice(2)) {
  const pngFile = svgFile.replace(/(\.svg)?$/i, '.png');
  const options = { fitTo: { mode: /** @type {const} */ ('zoom'), value: 2 }, background: 'white' };
  const picture = new Resvg(readFileSync(svgFile, 'utf8'), options).render();
  writeFileSync(pngFile, picture.asPng());
  console.log(pngFile);
}
