/** What is said: statistics, theory, experiments, questions, Markdown, charts. */
export * from './availability/index.js';
export * from './charts/index.js';
export * from './diagrams/index.js';
export * from './markdown/index.js';
export * from './questions/index.js';
export * from './statistics/index.js';
export * from './theory/index.js';
