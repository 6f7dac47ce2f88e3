import { checkSettings } from '../config/check.ts';
import { completions, defaultPool } from '../config/completions.ts';
import { byPosition, ConfigError, fileOf, type Problem } from '../config/error.ts';
import { readConfigTexts, readSettingsYaml } from '../config/read.ts';
import { pathText, type SettingPath, type YamlText } from '../config/yaml.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import { resourcesOf, stageOverlaps } from '../core/stage-overlaps.ts';
import type { ConfigSet, StageFiles } from './config-sets.ts';
import { ruleWarnings } from './rule-warnings.ts';
import { withValue } from './with-value.ts';

/** A problem with the file it is in, and the stages that have it. */
export interface StageProblem extends Problem {
  readonly file: string;
  readonly stages: readonly string[];
}

export interface Validation {
  readonly stages: readonly StageFiles[];
  readonly errors: readonly StageProblem[];
  readonly warnings: readonly StageProblem[];
  /** A rolebridge.yml that is only what its override files have in common: it lacks settings that a stage needs. */
  readonly shared?: string;
}

export interface ValidateOptions {
  /** Accept that the settings which setup decides are not there yet. */
  readonly isBeforeSetup: boolean;
  /** The AWS account of the caller's credentials, to compare with the account deployed to. @default not compared */
  readonly signedIn?: string;
}

/** Checks every stage of a set of files, and the stages against each other. Reads nothing but the files. */
export const validate = (set: ConfigSet, options: ValidateOptions): Validation => {
  const all = set.stages.map((files) => checkStage(files, options));
  const shared = all.find(
    ({ files, problems }) =>
      files.length === 1 && all.length > 1 && problems.some(({ isMissing }) => isMissing === true),
  );
  const stages = all.filter((stage) => stage !== shared);
  const located = (list: readonly (readonly [string, Problem])[]) => combined(set.base, list);
  return {
    stages: stages.map(({ stage, files }) => ({ stage, files })),
    errors: located([
      ...stages.flatMap(({ stage, problems }) => problems.map((problem) => [stage, problem] as const)),
      ...overlapProblems(stages),
      ...(options.signedIn === undefined ? [] : homeProblems(stages, options.signedIn)),
    ]),
    warnings: located([
      ...set.ignored.map((file) => ['', ignoredWarning(file)] as const),
      ...stages.flatMap((stage) => warningsOf(stage).map((warning) => [stage.stage, warning] as const)),
    ]),
    ...(shared === undefined ? {} : { shared: set.base }),
  };
};

interface CheckedStage extends StageFiles {
  readonly problems: readonly Problem[];
  /** Undefined if there are problems. */
  readonly valid?: { readonly settings: Settings; readonly yaml: YamlText };
}

const checkStage = ({ stage, files }: StageFiles, { isBeforeSetup }: ValidateOptions): CheckedStage => {
  try {
    const read = readSettingsYaml(readConfigTexts(files));
    const yaml = isBeforeSetup ? completed(read, defaultPool(stage, files)) : read;
    const { settings, problems } = checkSettings(yaml);
    return { stage, files, problems, ...(settings === undefined ? {} : { valid: { settings, yaml } }) };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return { stage, files, problems: thrown.problems };
  }
};

/** With the values that setup will fill in. A value that setup would correct stays as it is. */
const completed = (yaml: YamlText, pool: string): YamlText => ({
  ...yaml,
  value: completions({ value: yaml.value, pool })
    .filter(({ before }) => before === undefined)
    .reduce((value, { path, value: filled }) => withValue(value, path, filled), yaml.value),
});

/** Each error is reported at the later one of two stages. */
const overlapProblems = (stages: readonly CheckedStage[]): readonly (readonly [string, Problem])[] =>
  stages.flatMap(({ stage, valid: own }, index) =>
    stages
      .slice(0, index)
      .flatMap(({ stage: otherStage, valid: other }) =>
        own === undefined || other === undefined
          ? []
          : stageOverlaps(resourcesOf(stage, own.settings), resourcesOf(otherStage, other.settings)).map(
              ({ path, message }) => [stage, problemAt(own.yaml, path, message)] as const,
            ),
      ),
  );

/** Stages may be deployed to different accounts, so the credentials need to be those of one of them. */
const homeProblems = (
  stages: readonly CheckedStage[],
  signedIn: string,
): readonly (readonly [string, Problem])[] => {
  const valid = stages.flatMap(({ stage, valid: one }) => (one === undefined ? [] : [{ stage, ...one }]));
  if (valid.some(({ settings }) => homeOf(settings) === signedIn)) return [];
  return valid.map(({ stage, settings, yaml }) => {
    const path = settings.home === undefined ? ['accounts', 0, 'id'] : ['home'];
    const message = `rolebridge is deployed to account ${homeOf(settings)}, and your AWS credentials are of account ${signedIn}. Correct it, or sign in to account ${homeOf(settings)}`;
    return [stage, problemAt(yaml, path, message)] as const;
  });
};

const warningsOf = ({ valid }: CheckedStage): readonly Problem[] =>
  valid === undefined
    ? []
    : ruleWarnings(valid.settings).map(({ path, message }) => problemAt(valid.yaml, path, message));

const problemAt = (yaml: YamlText, path: SettingPath, message: string): Problem => ({
  setting: pathText(path),
  message,
  position: yaml.positionOf(path),
});

const ignoredWarning = (file: string): Problem => ({
  message: 'no command reads this file: an override file is named rolebridge.<stage>.yml',
  position: { file, line: 1, column: 1 },
});

/** An error of rolebridge.yml is one error, even if several stages have it. */
const combined = (
  base: string,
  found: readonly (readonly [stage: string, Problem])[],
): readonly StageProblem[] =>
  [...Map.groupBy(found, ([, problem]) => JSON.stringify(problem)).values()]
    .flatMap(([first, ...others]) =>
      first === undefined
        ? []
        : [
            {
              ...first[1],
              file: fileOf(first[1]) ?? base,
              stages: [first, ...others].map(([stage]) => stage).filter((stage) => stage !== ''),
            },
          ],
    )
    .toSorted(byPosition);
