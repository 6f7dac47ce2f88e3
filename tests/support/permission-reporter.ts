import { readTemplate } from '../../local/stack/template.ts';
import { openPermissionLog, takePermissionLog } from './permission-log.ts';
import { permissionReport } from './permission-report.ts';

/** The part of Jest's global configuration that shows whether all suites of a project are run. */
interface RunConfig {
  readonly testPathPatterns: { readonly isSet: () => boolean };
  readonly testNamePattern?: string;
  readonly onlyChanged: boolean;
  readonly shard?: object;
}

interface TestContext {
  readonly config: { readonly displayName?: { readonly name: string } };
}

const templatePath = '.serverless/cloudformation-template-update-stack.json';

/**
 * Prints, after everything else, which statement of its role allowed each AWS call of a function. If all
 * suites of `integration` ran, a permission that nothing used fails the run.
 */
export default class PermissionReporter {
  readonly #isUnfiltered: boolean;
  #error: Error | undefined;

  constructor({ testPathPatterns, testNamePattern, onlyChanged, shard }: RunConfig) {
    this.#isUnfiltered =
      !testPathPatterns.isSet() && (testNamePattern ?? '') === '' && !onlyChanged && shard === undefined;
  }
  onRunStart(): void {
    openPermissionLog();
  }
  onRunComplete(contexts: ReadonlySet<TestContext>): void {
    const calls = takePermissionLog();
    const isWhole =
      this.#isUnfiltered && [...contexts].some(({ config }) => config.displayName?.name === 'integration');
    // A part of the suites uses a part of the permissions, so its table is only printed on request.
    if (!isWhole && process.env['PERMISSION_TABLE'] !== '1') return;
    const place = { accountId: '111122223333', region: 'us-east-1', endpoint: 'http://127.0.0.1' };
    const { text, unused } = permissionReport(readTemplate(templatePath, place), calls);
    process.stdout.write(`\n${text}\n`);
    if (isWhole && unused.length > 0)
      this.#error = new Error(
        `no test uses: ${unused.map(({ role, action }) => `${role} ${action}`).join(', ')}`,
      );
  }
  getLastError(): Error | undefined {
    return this.#error;
  }
}
