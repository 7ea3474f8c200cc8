-- A part, not a statement: the levels v of the buckets b of a metric, their number, and which level is an end of the interval.
quantilesExactWeightedArray(0, 0.14645, 0.25, 0.32322, 0.375, 0.41161, 0.4375, 0.45581, 0.46875, 0.4779, 0.48438, 0.48895, 0.49219, 0.49448, 0.49609, 0.49724, 0.49805, 0.5, 0.50195, 0.50276, 0.50391, 0.50552, 0.50781, 0.51105, 0.51562, 0.5221, 0.53125, 0.54419, 0.5625, 0.58839, 0.625, 0.67678, 0.75, 0.85355, 1)(b.1, b.2) AS v,
sum(arraySum(b.2)) AS v_n,
if(v_n <= length({ranks:Array(UInt32)}), {ranks:Array(UInt32)}[v_n], toUInt32(floor((v_n - 1.96 * sqrt(v_n)) / 2))) AS v_rank,
if(v_rank = 0, 0, toUInt8(least(16, floor(2 * log2(0.5 / (0.5 - (v_rank - 1) / v_n)))))) AS v_k
