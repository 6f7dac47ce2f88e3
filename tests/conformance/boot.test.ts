import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { command } from '../support/command-line.ts';
import { region } from '../support/instance.ts';
import { runProgram } from '../support/run-program.ts';
import { accountId, reader, settings } from '../support/settings.ts';
import { debianBase, missingForBase } from './real-boot/base.ts';
import { removeGroups } from './real-boot/machine.ts';
import { makeCertificate, missingForMachine, sealed } from './real-boot/network.ts';
import { type BootKind, bootKinds, type Seen } from './real-boot/seen.ts';

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-real-boot-'));
afterAll(() => {
  removeGroups(basename(folder));
  rmSync(folder, { recursive: true, force: true });
});

const print = async (kind: BootKind): Promise<void> => {
  const config = join(folder, 'rolebridge.yml');
  writeFileSync(config, stringify(settings));
  const printed = await command({ ROLEBRIDGE_CONFIG: config }, 'boot', '--print', kind);
  expect(printed).toMatchObject({ status: 0, stderr: '' });
  writeFileSync(join(folder, kind), printed.stdout);
};

/** The observations of one machine, in a network of its own. */
const bootInside = async <Grant extends keyof Seen>(
  base: string,
  kind: BootKind,
  grant: Grant,
): Promise<Seen[Grant]> => {
  const inside = join(import.meta.dirname, 'real-boot/inside.ts');
  const ran = await runProgram([...sealed, process.execPath, inside, folder, base, kind, grant], {
    env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1' },
  });
  if (ran.status !== 0) throw new Error(`${kind}, ${grant}: ended with ${String(ran.status)}: ${ran.output}`);
  return JSON.parse(ran.output) as Seen[Grant];
};

const missing = [...missingForMachine(), ...missingForBase()];
const canBoot = missing.length === 0;

(canBoot ? describe : describe.skip)(
  `a Debian boots with systemd and cloud-init${canBoot ? '' : ` (missing here: ${missing.join(', ')})`}`,
  () => {
    let boots: Readonly<Record<BootKind, Seen>>;
    beforeAll(async () => {
      const base = await debianBase();
      makeCertificate(folder, `ssm.${region}.amazonaws.com`);
      const all = bootKinds.map(async (kind) => {
        await print(kind);
        const [late, early] = await Promise.all([
          bootInside(base, kind, 'late'),
          bootInside(base, kind, 'early'),
        ]);
        return [kind, { late, early }] as const;
      });
      boots = Object.fromEntries(await Promise.all(all)) as Record<BootKind, Seen>;
    }, 900_000);

    const booted = { 'cloud-final.service': 'active/exited', 'multi-user.target': 'active/active' };
    const withoutConfig = { config: '', loginShell: '', failed: [] };
    const path = '/etc/google-access/default.json';

    describe.each(bootKinds)('with the printed %s', (kind) => {
      it('does not wait for a grant: the boot completes while google-access.service is still trying', () => {
        const { waiting } = boots[kind].late;
        expect(waiting).toMatchObject({
          units: {
            ...booted,
            'google-access.service': 'activating/start',
            'google-access.timer': 'active/waiting',
          },
          ...withoutConfig,
        });
      });

      it('a service with Wants= and After= waits for the grant', () => {
        const { waiting, granted } = boots[kind].late;
        expect(waiting.units['app.service']).toBe('inactive/dead');
        expect(granted.units['app.service']).toBe('active/exited');
      });

      it.each(['early', 'late'] as const)('a grant that comes %s is fetched', (grant) => {
        const { granted } = boots[kind][grant];
        expect(granted).toMatchObject({
          units: {
            ...booted,
            'google-access.service': 'inactive/dead',
            'google-access.timer': 'active/waiting',
          },
          failed: [],
          loginShell: path,
        });
        expect(JSON.parse(granted.config)).toEqual(credentialConfig(settings, `aws-${accountId}`, reader));
      });

      /** We do not check the total time, which depends on the machine: a start that blocks would come after this. */
      it.each(['early', 'late'] as const)(
        'user data ends within 5 s of the start of the fetch, with a grant that comes %s',
        (grant) => {
          expect(boots[kind][grant].userDataEnd).toBeLessThan(5);
        },
      );

      it('the second boot of a machine does not wait for a grant, either', () => {
        expect(boots[kind].late.secondBoot).toMatchObject({
          units: {
            ...booted,
            'google-access.service': 'activating/start',
            'google-access.timer': 'active/waiting',
          },
          failed: [],
        });
      });
    });
  },
);
