import { editSettings } from '../../../shared/adapters/settings/edit.ts';
import { completions } from '../../../shared/config/completions.ts';
import { parseSettings } from '../../../shared/config/config.ts';
import { readSettingsYaml } from '../../../shared/config/read.ts';
import type { Answers } from './answers.ts';

/**
 * A first rolebridge.yml. Setup adds what it can find out itself, below each part.
 * @throws ConfigError if the answers do not fit together, such as a rule for an account of another project
 */
export const settingsText = (answers: Answers): string => {
  const text = textOf(answers);
  const path = 'rolebridge.yml';
  const { value } = readSettingsYaml([{ path, text }]);
  // Check it as it will be after setup.
  parseSettings(editSettings(text, completions({ value, pool: 'aws-roles' })), path);
  return text;
};

const textOf = ({ account, googleProject, targetProjects, regions, allowRoles, allowTo }: Answers): string =>
  `# yaml-language-server: $schema=./node_modules/rolebridge/rolebridge.schema.json
# Decides which roles may use which Google service accounts. Every setting: node_modules/rolebridge/rolebridge.example.yml
# After a change: npx rolebridge plan shows what it would do, and npx rolebridge deploy puts it into effect.

google:
  # Holds the workload identity pool. "npx rolebridge setup" adds its number, the pool and rolebridge's own service account here.
  project: ${googleProject}
  # Projects whose service accounts can be requested.
  projects: ${flow(targetProjects)}

accounts:
  # The AWS account that rolebridge is deployed to.
  - id: "${account}"

# The AWS regions in which credential configs are published: those of your workloads.
regions: ${flow(regions)}

# dry-run writes nothing and reports what it would do. upsert-only never revokes. sync grants and revokes.
mode: sync

# The guardrail: which roles may request which service accounts, by the tag google-access. A request that no rule allows is refused.
# Globs support * (any run of characters) and ? (one character).
allow:
  - to: ${JSON.stringify(allowTo)}
    roles: ${flow(allowRoles)}
    # maxDays: 90    a request must then have "until", at most this many days ahead
`;

const flow = (values: readonly string[]): string =>
  `[${values.map((value) => (isPlain.test(value) ? value : JSON.stringify(value))).join(', ')}]`;

/** A text that YAML does not take for something else. */
const isPlain = /^(?!(?:null|true|false)$)[a-z][a-z0-9-]*$/;
