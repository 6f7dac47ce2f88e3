import { resolve } from 'node:path';
import { PermanentError } from '../../../shared/core/errors.ts';
import { isProjectParameter, projectParameterName } from '../../../shared/core/grant-parameters.ts';

/**
 * The project that is published beside the config of a Google role on a resource: the one that clients should use, because
 * such a config names none. A service account has none, so nothing is read for it. (boot/fetch decides alike.)
 * @throws PermanentError if the parameter is not the id of a project
 */
export const clientProject = async (
  config: Readonly<Record<string, unknown>>,
  parameter: string,
  publishedValue: (name: string) => Promise<string | undefined>,
): Promise<string | undefined> => {
  if ('service_account_impersonation_url' in config) return undefined;
  const name = projectParameterName(parameter);
  const value = await publishedValue(name);
  if (value === undefined || isProjectParameter({ name, value })) return value;
  throw new PermanentError(
    `${name} is not a project that rolebridge publishes: it is not the id of a Google Cloud project. The config is not used.`,
  );
};

/** A file of variables beside a config. */
export interface VariablesFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The variables of a config's clients, as boot/fetch writes them. Shells source the file, so there is none beside a config
 * whose path means something to a shell.
 */
export const variablesFile = (output: string, project: string): VariablesFile | undefined => {
  const path = resolve(output);
  if (!/^[A-Za-z0-9_./-]+\.json$/.test(path)) return undefined;
  return {
    path: output.replace(/json$/, 'env'),
    text: `GOOGLE_APPLICATION_CREDENTIALS=${path}\nGOOGLE_CLOUD_PROJECT=${project}\n`,
  };
};
