/** The part of dynalite's API that the stand-in uses. It brings no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function dynalite(options: {
    /** For how long a new table stays CREATING. */
    readonly createTableMs?: number;
  }): Server;
}
