export * from './client.js';
export * from './controller.js';
export * from './fetch.js';
export * from './kinds.js';
export * from './produce.js';
export * from './quorum.js';
export * from './reassignment.js';
export * from './zookeeper-era.js';
