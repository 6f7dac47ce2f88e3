/** Kills boot/fetch at each of its commands, and runs several copies at the same time: no torn file is ever visible. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  isInstalled,
  type LocalInstance,
  pathOf,
  runGroup,
  shells,
  startInstance,
} from '../support/instance.ts';
import { reader, writer } from '../support/settings.ts';

let instance: LocalInstance;
beforeEach(async () => {
  instance = await startInstance();
});
afterEach(() => instance.close());

const old = '{"type": "external_account", "old": true}\n';

/** One config to change, one to create, one to remove, and one that is right, with what a run writes beside them. */
const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const before: Record<string, string> = {
  // An earlier listing of this boot already lacked `gone`.
  '.manifest': `default\ngone ${bootId} 0\nsame\n`,
  'default.json': old,
  'default.env': 'GOOGLE_APPLICATION_CREDENTIALS=old\n',
  'gone.env': 'GOOGLE_APPLICATION_CREDENTIALS=old\n',
  'gone.json': old,
  environment: 'GOOGLE_APPLICATION_CREDENTIALS=old\n',
};
const arrange = (): void => {
  for (const name of instance.files()) rmSync(join(instance.folder, name));
  for (const [name, text] of Object.entries(before)) instance.write(name, text);
};
type Files = Readonly<Record<string, string>>;
/** The contents of a folder: texts, and the targets of links. */
const filesIn = (folder: string): Files =>
  Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((name) => {
        const path = join(folder, name);
        return [
          name,
          lstatSync(path).isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'utf8'),
        ];
      }),
  );
const state = (): Files => filesIn(instance.folder);
const visible = (files: Files) => Object.entries(files).filter(([name]) => !name.startsWith('.'));

/**
 * Bash calls the trap before each command, including in functions and subshells. The trap saves the folder as a kill
 * at that very moment would leave it. At the command that KILL_AT names, it really kills the whole group.
 */
const killer = (count: string, snapshots: string) => `set -T
trap 'read -r nth <"${count}"; echo $((nth + 1)) >"${count}"
  [ "$nth" != "$KILL_AT" ] || kill -9 0
  [ "$KILL_AT" != never ] || ${pathOf('cp')} -a "$GOOGLE_ACCESS_DIR" "${snapshots}/$nth"' DEBUG
. boot/fetch`;

(isInstalled('bash') ? it : it.skip)(
  'killed before any of its commands: each file is old or new, and the next run repairs the rest',
  async () => {
    for (const grant of ['default', 'same', 'writer'])
      instance.publish(grant, grant === 'writer' ? writer : reader);
    const count = join(instance.toolbox.folder, '.count');
    const snapshots = join(instance.toolbox.folder, '.snapshots');
    mkdirSync(snapshots);
    const runUntil = (command: string) => {
      arrange();
      writeFileSync(count, '0\n');
      return runGroup([pathOf('bash'), '-c', killer(count, snapshots)], {
        ...instance.environment(),
        KILL_AT: command,
      });
    };
    await instance.fetch();
    before['same.json'] = instance.read('same.json');

    expect(await runUntil('never')).toMatchObject({ ok: true });
    const after = state();
    expect(Object.keys(after).join(' ')).toBe(
      '.manifest default.env default.json environment same.env same.json writer.env writer.json',
    );
    const commands = Number(readFileSync(count, 'utf8'));
    expect(commands).toBeGreaterThan(200);

    // All states that occurred, each with a command before which it was seen.
    const left = new Map<string, number>();
    for (let command = 0; command < commands; command += 1) {
      const files = filesIn(join(snapshots, String(command)));
      for (const [name, text] of visible(files)) expect([before[name], after[name]]).toContain(text);
      const key = JSON.stringify(files);
      left.set(key, left.get(key) ?? command);
    }
    expect(left.size).toBeGreaterThan(10);
    for (const command of left.values()) {
      expect(await runUntil(String(command))).toMatchObject({ ok: false, status: null });
      for (const [name, text] of visible(state())) expect([before[name], after[name]]).toContain(text);
      expect(await instance.fetch()).toMatchObject({ ok: true });
      expect(state()).toEqual(after);
    }
    process.stdout.write(
      `\nboot/fetch killed before each of its ${commands} commands: ${left.size} states of its folder, each repaired by the next run\n`,
    );
  },
  300_000,
);

describe.each(shells)('several copies in parallel: $shell', ({ command, isInstalled: isThere }) => {
  (isThere ? it : it.skip)('all succeed, one after the other', async () => {
    // Pauses are real: a copy that waits must not give up on the others.
    instance.toolbox.script('sleep', `exec ${pathOf('sleep')} 0.1`);
    for (const grant of ['default', 'same', 'writer']) instance.publish(grant, reader);
    arrange();
    const done = new AbortController();
    const seen = new Set<string>();
    const watch = async (): Promise<void> => {
      while (!done.signal.aborted) {
        for (const name of instance.files().filter((file) => /^\w.*\.json$/.test(file)))
          seen.add(instance.read(name));
        await setTimeout(1);
      }
    };
    // These files are always there, so reading one by its name never fails. An unfinished file has a name that begins
    // with a dot.
    for (const name of ['gone.env', 'gone.json']) rmSync(join(instance.folder, name));
    const watching = watch();
    const ran = await Promise.all(Array.from({ length: 5 }, () => instance.fetch({ shell: command })));
    done.abort();
    await watching;
    expect(ran.map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
    const written = ran.flatMap(({ output }) => output.match(/wrote \S+/g) ?? []);
    expect(new Set(written).size).toBe(written.length);
    expect(instance.files()).toEqual([
      '.manifest',
      'default.env',
      'default.json',
      'environment',
      'same.env',
      'same.json',
      'writer.env',
      'writer.json',
    ]);
    for (const text of seen) if (text !== old) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

describe('the lock', () => {
  const lock = () => join(instance.folder, '.lock');
  const sleeper = (): ChildProcess => spawn(pathOf('sleep'), ['600']);
  beforeEach(() => instance.publish('default', reader));

  it.each([
    ['a copy that was killed', () => `${bootId}.4194304`],
    [
      'a copy from before the reboot, whose process id now belongs to another process',
      () => `long-ago.${process.pid}`,
    ],
    ['no process', () => 'garbage'],
  ])('of %s does not block other copies', async (_, holder) => {
    symlinkSync(holder(), lock());
    expect(await instance.fetch()).toMatchObject({ ok: true });
    expect(instance.toolbox.pauses()).toEqual([]);
    expect(instance.files()).toEqual(['.manifest', 'default.env', 'default.json', 'environment']);
  });

  it('of a copy at work is waited for', async () => {
    const child = sleeper();
    symlinkSync(`${bootId}.${child.pid}`, lock());
    // The other copy ends during the pause.
    instance.toolbox.script('sleep', `${pathOf('kill')} ${child.pid}; exec ${pathOf('sleep')} 0.2`);
    expect(await instance.fetch()).toMatchObject({ ok: true });
    expect(child.signalCode).toBe('SIGTERM');
  });

  it('of a copy that hangs is taken over after a minute', async () => {
    const child = sleeper();
    symlinkSync(`${bootId}.${child.pid}`, lock());
    expect(await instance.fetch()).toMatchObject({ ok: true });
    expect(instance.toolbox.pauses()).toHaveLength(60);
    child.kill();
  });

  it('is released by a copy that receives a signal to end', async () => {
    instance.aws.intercept(() => ({ kind: 'hang' }));
    const child = spawn(pathOf('sh'), ['boot/fetch'], { env: instance.environment(), detached: true });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    while (!instance.files().includes('.lock')) await setTimeout(5);
    expect(readlinkSync(lock())).toBe(`${bootId}.${child.pid}`);
    // systemd does the same: it signals the whole group.
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    expect(await ended).toBe(143);
    expect(instance.files()).toEqual([]);
  });
});
