import { PermanentError } from '../core/errors.ts';
import { notAResource, resourceKindOf } from '../core/google-resource.ts';
import { isServiceAccountEmail, projectOf, type ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';

export interface SetupOptions {
  /** Adopt a pool that rolebridge did not create. */
  readonly adopts: boolean;
  readonly optIn: readonly OptIn[];
  /** Projects in which rolebridge may edit every service account's allow policy. */
  readonly optInProjects: readonly string[];
  /** Resources other than projects whose allow policy rolebridge may edit. */
  readonly optInResources: readonly ResourceName[];
  /** Projects on which rolebridge may give the Google roles that rules name there, and no others. */
  readonly optInProjectGrants: readonly string[];
  /** Members who may read the keys of google.projects' service accounts, and the last use of both. */
  readonly keyReaders: readonly string[];
}

/** A service account whose allow policy rolebridge may edit, and the project that its e-mail names. */
export interface OptIn {
  readonly email: string;
  readonly project: string;
}

/** Setup as it runs without options. */
export const noOptions: SetupOptions = {
  adopts: false,
  optIn: [],
  optInProjects: [],
  optInResources: [],
  optInProjectGrants: [],
  keyReaders: [],
};

/** @throws PermanentError if one is not a service account's e-mail */
export const parseOptIns = (emails: readonly string[]): readonly OptIn[] =>
  [...new Set(emails)].map((email) => {
    const project = isServiceAccountEmail(email) ? projectOf(email) : undefined;
    if (project !== undefined) return { email, project };
    throw new PermanentError(
      `--opt-in ${email} is not the e-mail of a service account, such as reader@acme-data.iam.gserviceaccount.com.`,
    );
  });

/** @throws PermanentError if one is not the name of a resource that rolebridge can give Google roles on, or is a project */
export const parseResourceOptIns = (names: readonly string[]): readonly ResourceName[] =>
  [...new Set(names)].map((name) => {
    const kind = resourceKindOf(name);
    if (kind === undefined) throw new PermanentError(`--opt-in-resource: ${notAResource(name)}`);
    if (kind !== 'project') return name;
    throw new PermanentError(
      `--opt-in-resource ${name} is a whole project. Use --opt-in-project-grants ${name.replace('projects/', '')}, which limits the Google roles that rolebridge may give there.`,
    );
  });

/** All projects that settings and options name for service accounts, by id or number. */
export const projectsNamed = (
  { google }: Pick<Settings, 'google'>,
  { optIn, optInProjects }: SetupOptions,
): readonly string[] => [
  ...new Set([...google.projects, ...optInProjects, ...optIn.map(({ project }) => project)]),
];
