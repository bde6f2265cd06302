/** What a worker thread of a search does: plays a unit. */
import { playUnit, type SearchUnit, type SearchUnitResult } from '../scenarios/index.js';

/** Called by the pool, by this name. */
export function search(unit: SearchUnit): SearchUnitResult {
  return playUnit(unit);
}
