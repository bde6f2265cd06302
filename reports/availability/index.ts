/** Long-run availability: measurement, theory, report. */
export {
  measureAvailability,
  YEAR_US,
  type AvailabilityOptions,
  type AvailabilityReport,
  type BatchRunner,
  type Figure,
} from './measure.js';
export {
  availabilityDocument,
  distributionText,
  figureRows,
  type AvailabilityDocument,
  type FigureRow,
} from './report.js';
export { theoryOf, type AvailabilityTheory } from './theory.js';
