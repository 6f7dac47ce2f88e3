import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { isInstalled } from './instance.ts';

/** The settings in a built image that a container engine reads. */
export interface ImageSettings {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Volumes: Readonly<Record<string, object>>;
}

export interface Image {
  readonly settings: ImageSettings;
  /** The image's file system. */
  readonly root: string;
  readonly remove: () => void;
}

const definition = 'image/Dockerfile';

/** buildah needs no daemon, and our use of it needs no network. Namespaces and chroot need root. */
export const canBuildImages =
  process.getuid?.() === 0 &&
  isInstalled('buildah') &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0;

/**
 * Builds the image from its own definition. Stand-ins with this machine's Node and busybox replace both base images,
 * because a test downloads nothing.
 */
export const buildImage = (): Image => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-image-'));
  const buildah = (...args: readonly string[]): string => {
    const storage = [
      '--storage-driver',
      'vfs',
      '--root',
      join(folder, 'store'),
      '--runroot',
      join(folder, 'run'),
    ];
    const { status, stdout, stderr } = spawnSync('buildah', [...storage, ...args], {
      encoding: 'utf8',
      env: { ...process.env, BUILDAH_ISOLATION: 'chroot' },
    });
    if (status !== 0) throw new Error(`buildah ${args.join(' ')} failed:\n${stderr}`);
    return stdout.trim();
  };
  const base = (name: string, fill: (root: string) => void): void => {
    const root = mkdtempSync(join(folder, 'base-'));
    fill(root);
    writeFileSync(join(folder, 'base'), 'FROM scratch\nCOPY . /\n');
    buildah('build', '--quiet', '--file', join(folder, 'base'), '--tag', name, root);
  };
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const [folders, final] = baseImages();
    base(`docker.io/library/${folders}`, (root) => {
      addProgram(root, '/usr/bin/busybox', '/bin/busybox');
      for (const name of ['sh', 'mkdir']) symlinkSync('busybox', join(root, 'bin', name));
    });
    base(final, (root) => {
      addProgram(root, process.execPath, '/nodejs/bin/node');
      for (const name of ['dev', 'proc', 'tmp']) mkdirSync(join(root, name));
    });
    const ignore = ['--ignorefile', `${definition}.dockerignore`];
    buildah('build', '--quiet', '--pull-never', ...ignore, '--file', definition, '--tag', 'rolebridge', '.');
    const container = buildah('from', '--pull-never', 'rolebridge');
    const root = buildah('mount', container);
    const { OCIv1 } = JSON.parse(buildah('inspect', '--type', 'image', 'rolebridge')) as {
      OCIv1: { config: ImageSettings };
    };
    return { settings: OCIv1.config, root, remove };
  } catch (error) {
    remove();
    throw error;
  }
};

const baseImages = (): readonly [folders: string, final: string] => {
  const froms = DockerfileParser.parse(readFileSync(definition, 'utf8')).getFROMs();
  const [folders = '', final = ''] = froms.map((from) => from.getImage() ?? '');
  return [folders, final];
};

/** A program of this machine, with the libraries that it loads. */
const addProgram = (root: string, program: string, path: string): void => {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  const libraries = [...stdout.matchAll(/\/\S+/g)].map(([library]) => library);
  for (const [from, to] of [[program, path], ...libraries.map((one) => [one, one])] as const) {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(from, join(root, to));
  }
};

/**
 * A command that runs the image like a locked-down pod (docs/use/examples): read-only, as the image's user, without
 * capabilities, with a volume, and with a folder of the platform's own at /tmp.
 */
export const lockedContainer = (
  { settings, root }: Image,
  mounts: { readonly volume: string; readonly token: string },
  program: readonly string[],
): readonly string[] => {
  const [path = ''] = Object.keys(settings.Volumes);
  const script = [
    'root=$1 volume=$2 path=$3 token=$4 user=$5; shift 5',
    // chroot is in a folder for administrators, which not every PATH contains.
    'PATH=$PATH:/usr/sbin:/sbin',
    'mount --bind "$root" "$root"',
    'mount -o remount,bind,ro "$root"',
    'mount --bind "$volume" "$root$path"',
    'mount --bind -o ro "$token" "$root/tmp"',
    'mount -t proc proc "$root/proc"',
    'exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid chroot --userspec="$user" --groups= "$root" "$@"',
  ].join(' && ');
  const apart = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];
  const inside = ['sh', '-c', script, 'sh', root, mounts.volume, path, mounts.token, settings.User];
  return [...apart, ...inside, ...program];
};

/** An empty volume with the owner from the image, as Docker and ECS create it. */
export const volumeOf = ({ settings }: Image): string => {
  const volume = mkdtempSync(join(tmpdir(), 'rolebridge-volume-'));
  const [user = 0, group = 0] = settings.User.split(':').map(Number);
  chownSync(volume, user, group);
  chmodSync(volume, 0o755);
  return volume;
};
