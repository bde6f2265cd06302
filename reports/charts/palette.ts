/**
 * Colours of every chart: eight that colour-blind readers tell apart (Okabe and Ito), on an opaque
 * light ground, so that a chart reads the same in a dark viewer and in a light one.
 */

/** The ground and the ink of every chart. */
export const PAPER = {
  ground: '#ffffff',
  ink: '#1a1a1a',
  faintInk: '#595959',
  grid: '#d9d9d9',
  lane: '#f2f2f2',
} as const;

/** Colours by name. */
export const COLOURS = {
  blue: '#0072b2',
  vermilion: '#d55e00',
  green: '#009e73',
  purple: '#cc79a7',
  orange: '#e69f00',
  sky: '#56b4e9',
  yellow: '#f0e442',
  black: '#000000',
} as const;

/** Series take these in order. Neighbours differ in lightness too, for print in grey. */
export const SERIES_COLOURS: readonly string[] = [
  COLOURS.blue,
  COLOURS.vermilion,
  COLOURS.green,
  COLOURS.orange,
  COLOURS.purple,
  COLOURS.sky,
];

/** Every series has a shape of its own as well. */
export const SERIES_SHAPES: readonly string[] = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
];

/** Generic family: no font file decides about the bytes of a chart. */
export const FONT = 'Helvetica, Arial, sans-serif';
