// Compares two result files; `npm run bench` has compiled the harness before.

await import('../build/bench/compare.js');
