import { boundHeap } from './bounded-heap.ts';

// The process begins anew here at most once, before it has loaded anything else.
boundHeap();
await import('./command-line.ts');
