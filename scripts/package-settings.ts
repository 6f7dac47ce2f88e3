import { mkdirSync, writeFileSync } from 'node:fs';
import { packagedFile, serviceConfigPaths } from '../shared/config/config.ts';
import { packagedText } from '../shared/config/packaged-text.ts';
import { pathsText } from '../shared/config/paths.ts';
import { usualStage } from '../shared/core/stack.ts';

interface Tools {
  readonly log: Readonly<Record<'notice', (line: string) => void>>;
}

/** A plugin of `serverless`: before the functions are packed, writes the settings of the stage to be deployed. */
export default function packageSettings(
  _: unknown,
  { stage = usualStage }: { readonly stage?: string },
  { log }: Tools,
) {
  const write = (): void => {
    const paths = serviceConfigPaths(stage);
    mkdirSync('dist', { recursive: true });
    writeFileSync(packagedFile, packagedText(paths));
    const source = pathsText(paths);
    // ROLEBRIDGE_CONFIG may be left over from something else.
    if (source !== 'rolebridge.yml') log.notice(`The settings of this stage are those of ${source}.`);
  };
  return {
    hooks: {
      'before:package:createDeploymentArtifacts': write,
      // `serverless deploy function`
      'before:package:function:package': write,
    },
  };
}
