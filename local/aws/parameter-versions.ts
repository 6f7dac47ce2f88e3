import { AwsError, type Input, integer, invalid, text, texts } from './call.ts';

/** One version of a parameter, with its labels. */
export interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly description: string;
  /** @default 'String' */
  readonly type?: string;
  readonly lastModified?: Date;
  readonly labels?: readonly string[];
}

/** The current version of a parameter and the earlier ones, oldest first. */
export interface Versioned extends ParameterVersion {
  readonly name: string;
  readonly history?: readonly ParameterVersion[];
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html */
const maxVersions = 100;

/** The history before a new version. @throws AwsError if the oldest version must be removed and has a label */
export const historyBefore = ({ name, history = [], ...last }: Versioned): readonly ParameterVersion[] => {
  const { version, value, description, type, lastModified, labels } = last;
  const kept = [
    ...history,
    {
      version,
      value,
      description,
      ...(type === undefined ? {} : { type }),
      ...(lastModified === undefined ? {} : { lastModified }),
      ...(labels === undefined ? {} : { labels }),
    },
  ];
  const [oldest, ...rest] = kept;
  if (kept.length < maxVersions || oldest === undefined) return kept;
  if ((oldest.labels ?? []).length > 0)
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  return rest;
};

const historyPage = 50;

/** A page of all versions, oldest first. */
export const historyPageOf = (
  parameter: Versioned,
  input: Input,
): { readonly versions: readonly ParameterVersion[]; readonly next?: string } => {
  const size = integer(input, 'MaxResults', { least: 1, most: historyPage, otherwise: historyPage });
  const versions = [...(parameter.history ?? []), parameter];
  const start = Number(text(input, 'NextToken') || '0');
  const end = start + size;
  return {
    versions: versions.slice(start, end),
    ...(end < versions.length ? { next: String(end) } : {}),
  };
};

const maxLabels = 10;

/** Moves labels to a version. A label is on only one version. */
export const labelVersion = <T extends Versioned>(parameter: T, input: Input) => {
  const version = versionIn(parameter, input);
  const [labels, wrong] = [texts(input, 'Labels').filter(isLabel), texts(input, 'Labels')];
  const changed = withLabels(parameter, (entry) => {
    const others = (entry.labels ?? []).filter((label) => !labels.includes(label));
    return entry.version === version ? [...others, ...labels] : others;
  });
  const found = [changed, ...(changed.history ?? [])].find((entry) => entry.version === version);
  if ((found?.labels ?? []).length > maxLabels)
    throw new AwsError(
      'ParameterVersionLabelLimitExceeded',
      `A parameter version can have a maximum of ${maxLabels} labels.`,
    );
  return {
    changed,
    answer: { InvalidLabels: wrong.filter((label) => !isLabel(label)), ParameterVersion: version },
  };
};

const versionIn = (parameter: Versioned, input: Input): number => {
  const version =
    input['ParameterVersion'] === undefined ? parameter.version : Number(input['ParameterVersion']);
  if (![parameter, ...(parameter.history ?? [])].some((entry) => entry.version === version))
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${version} of ${parameter.name}. Verify the version and try again.`,
    );
  return version;
};

const isLabel = (label: string): boolean =>
  /^[A-Za-z_.-][\w.-]{0,99}$/.test(label) && !/^(aws|ssm)/i.test(label);

const withLabels = <T extends Versioned>(
  parameter: T,
  labelsOf: (entry: ParameterVersion) => readonly string[],
): T => ({
  ...parameter,
  labels: labelsOf(parameter),
  history: (parameter.history ?? []).map((entry) => ({ ...entry, labels: labelsOf(entry) })),
});

/** Removes labels from a version. Labels that it does not have are reported as invalid. */
export const unlabelVersion = <T extends Versioned>(parameter: T, input: Input) => {
  if (input['ParameterVersion'] === undefined)
    throw invalid("Value null at 'parameterVersion' failed to satisfy constraint: Member must not be null");
  const version = versionIn(parameter, input);
  const labels = texts(input, 'Labels');
  const found = [...(parameter.history ?? []), parameter].find((entry) => entry.version === version);
  const removed = labels.filter((label) => found?.labels?.includes(label));
  return {
    changed: withLabels(parameter, (entry) =>
      (entry.labels ?? []).filter((label) => entry.version !== version || !removed.includes(label)),
    ),
    answer: {
      RemovedLabels: removed,
      InvalidLabels: labels.filter((label) => !removed.includes(label)),
    },
  };
};
