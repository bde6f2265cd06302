/** Search for histories that break a promise. */
export { breachOf, failsAs, failureOf, messageOf, type Failure, type Wanted } from './failure.js';
export { MUTATIONS, mutated, type Mutation } from './mutations.js';
export {
  Search,
  searchHere,
  type SearchOptions,
  type SearchReport,
  type SearchSubject,
} from './search.js';
export { playUnit, type Finding, type SearchUnit, type SearchUnitResult } from './search-unit.js';
