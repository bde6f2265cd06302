/** Shrinking failures, and what test authors need to look for them. */
export { checkProperty, PropertyFailure, type PropertyOptions } from './check-property.js';
export {
  scenarioArbitrary,
  type FastCheck,
  type Range,
  type ScenarioShape,
  type SimpleVerb,
} from './scenario-arbitrary.js';
export type { Property } from './sighting.js';
export { isRealised, realise } from './realise.js';
export { regressionTest, type RegressionOptions } from './regression-test.js';
export { isSmall, sizeOf, type ScenarioSize } from './size.js';
export { shrinkFailure, type ShrinkOptions, type ShrinkProgress, type Shrunk } from './shrink.js';
