// @ts-check
/**
 * Prints `N passed, N failed` for the results that vitest wrote as JSON, and ends non-zero unless some test passed
 * and none failed. A test file that could not be loaded, and a missing or unreadable result, count as one failure.
 *
 * Usage: node tooling/test-summary.mjs RESULTS.json
 */
import { readFileSync } from 'node:fs';

const [resultsFile = ''] = process.argv.slice(2);
const { passed, failed } = count(resultsFile);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = passed > 0 && failed === 0 ? 0 : 1;

/** @param {string} file */
function count(file) {
  try {
    /** @type {{ numPassedTests: number, success: boolean, testResults: { status: string, assertionResults: { status: string }[] }[] }} */
    const { numPassedTests, success, testResults } = JSON.parse(readFileSync(file, 'utf8'));
    const failures = testResults.map(({ status, assertionResults }) => {
      const failedTests = assertionResults.filter((test) => test.status === 'failed').length;
      return status === 'failed' ? Math.max(1, failedTests) : failedTests;
    });
    const failedTests = failures.reduce((sum, inFile) => sum + inFile, 0);
    return { passed: numPassedTests, failed: success ? failedTests : Math.max(1, failedTests) };
  } catch (error) {
    console.error(`no results of the tests: ${String(error)}`);
    return { passed: 0, failed: 1 };
  }
}
