import type { BackfillProgress, OnProgress } from '@umbra/sync';
import { Presets, SingleBar } from 'cli-progress';

/** Shows how a backfill goes along; `end` leaves the last state on the screen. */
export interface ProgressView {
  readonly show: OnProgress;
  end(): void;
}

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A bar per object on a terminal, plain lines otherwise. */
export function progressView(screen: NodeJS.WriteStream | Screen, monotonic: () => number): ProgressView {
  return screen.isTTY === true ? bars(screen as NodeJS.WriteStream) : plainLines(screen, monotonic);
}

function bars(stream: NodeJS.WriteStream): ProgressView {
  let bar: SingleBar | undefined;
  let object: string | undefined;
  const end = (): void => {
    bar?.stop();
    bar = object = undefined;
  };
  const show: OnProgress = (progress) => {
    const total = progress.promised ?? Math.max(progress.rowsLanded, 1);
    const payload = { object: progress.object.padEnd(14), text: tail(progress) };
    if (object !== progress.object) {
      end();
      object = progress.object;
      bar = new SingleBar(
        { stream, format: '{object} {bar} {percentage}%  {text}', hideCursor: true, barsize: 24 },
        Presets.shades_classic,
      );
      bar.start(total, progress.rowsLanded, payload);
    }
    bar?.setTotal(total);
    bar?.update(progress.rowsLanded, payload);
    if (progress.phase === 'complete') end();
  };
  return { show, end };
}

/** How often a plain line says the same thing with other numbers, in milliseconds. */
const LINE_EVERY_MS = 5_000;

function plainLines(screen: Screen, monotonic: () => number): ProgressView {
  let last: { readonly key: string; readonly at: number } | undefined;
  return {
    show: (progress) => {
      const key = `${progress.object} ${progress.phase}`;
      const now = monotonic();
      if (last?.key === key && now - last.at < LINE_EVERY_MS) return;
      last = { key, at: now };
      screen.write(`${progress.object} ${progress.phase}: ${tail(progress)}\n`);
    },
    end: () => undefined,
  };
}

function tail(progress: BackfillProgress): string {
  const { rowsLanded, promised, parked, rowsPerSecond, calls, etaSeconds, phase } = progress;
  if (phase === 'waiting') return `Salesforce prepares the rows, ${calls} calls spent`;
  const of = promised === null ? '' : ` of ${grouped(promised)}`;
  return [
    `${grouped(rowsLanded)}${of} rows`,
    `${grouped(Math.round(rowsPerSecond))} rows/s`,
    ...(parked > 0 ? [`${grouped(parked)} parked`] : []),
    `${calls} calls spent`,
    ...(etaSeconds === null || phase === 'complete' ? [] : [`${duration(etaSeconds)} left`]),
  ].join(', ');
}

export function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1:02:03` or `2:03`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
