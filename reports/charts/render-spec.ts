/**
 * Vega-Lite specification to SVG text: no DOM, no canvas, the same bytes on every run and machine.
 *
 * Text is measured by Vega's own estimate (`textMetrics.canvas(false)`) rather than by whatever canvas
 * is around, coordinates are rounded, and the counters behind ids of clips and gradients start anew for
 * each chart.
 */

import type { LoggerInterface } from 'vega';
import type { TopLevelSpec } from 'vega-lite';

/** Part of Vega that its type declarations leave out. */
interface WithTextMetrics {
  readonly textMetrics: { readonly canvas: (use: boolean) => void };
}

/**
 * Renders a chart. Rejects with Vega's own error when the specification is not valid.
 *
 * Vega is loaded by the first chart: loading it takes longer than most runs do.
 */
export async function renderSpec(spec: TopLevelSpec): Promise<string> {
  // eslint-disable-next-line no-restricted-syntax -- what is rendered does not depend on when loading ends.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  (vega as unknown as WithTextMetrics).textMetrics.canvas(false);
  const { spec: vegaSpec } = compile(spec, { logger: silentLogger(vega.None) });
  const view = new vega.View(vega.parse(vegaSpec), {
    renderer: 'none',
    logLevel: vega.Error,
  });
  vega.resetSVGDefIds();
  try {
    return roundCoordinates(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/**
 * Coordinates to a thousandth of a pixel. Scales go through logarithms, whose last bits may differ from
 * one engine to the next.
 */
function roundCoordinates(svg: string): string {
  return svg.replace(/ (?:transform|d|x|y|x1|x2|y1|y2|cx|cy|width|height)="[^"]*"/g, (attribute) =>
    attribute.replace(/-?\d+\.\d{4,}(?:e-?\d+)?/g, (digits) =>
      String(Math.round(Number(digits) * 1000) / 1000 + 0),
    ),
  );
}

/** Vega-Lite warns on the console otherwise; what is wrong throws, the rest is known. */
function silentLogger(none: number): LoggerInterface {
  function level(): number;
  function level(level: number): LoggerInterface;
  function level(wanted?: number): number | LoggerInterface {
    return wanted === undefined ? none : logger;
  }
  const logger: LoggerInterface = {
    level,
    error: () => logger,
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}
