/** Adds up the results that the test runs have left, and prints them on one line: "N passed, N failed, N skipped". */
import { readdir, readFile } from 'node:fs/promises';

const folder = new URL('../.results/', import.meta.url);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of await readdir(folder)) {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
    await readFile(new URL(file, folder), 'utf8'),
  );
  sum.passed += numPassedTests;
  sum.failed += numFailedTests;
  sum.skipped += numPendingTests;
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;
