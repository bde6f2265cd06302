/**
 * Run before each test file: property tests draw from a fixed seed, so that a test passes or fails the same way for
 * everyone. `BROKERLAB_PROPERTY_SEED=N` draws others, and `BROKERLAB_PROPERTY_SEED=random` new ones each time.
 */
import fc from 'fast-check';

const wanted = process.env['BROKERLAB_PROPERTY_SEED'] ?? '1';
if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
