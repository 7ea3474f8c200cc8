-- How many runs were made from some vantages in a window, tainted ones too, from rollup_hour and rollup_day.
-- Params: scope String   cell, or target where no vantage is asked for: there are fewer
--         from, to DateTime('UTC')   whole hours, half-open
--         days Array(Date)   days that are read from rollup_day, all within the window; the others are read from rollup_hour
--         country, isp   Array(String); an empty list does not filter
-- Row:    { runs: number }
SELECT sum(runs_of_part) AS runs
FROM
(
    SELECT sum(runs_count + tainted_count) AS runs_of_part
    FROM rollup_hour
    WHERE scope = {scope:String}
      AND at >= {from:DateTime('UTC')}
      AND at < {to:DateTime('UTC')}
      AND toDate(at) NOT IN {days:Array(Date)}
      AND (empty({country:Array(String)}) OR country IN {country:Array(String)})
      AND (empty({isp:Array(String)}) OR isp IN {isp:Array(String)})
    UNION ALL
    SELECT sum(runs_count + tainted_count) AS runs_of_part
    FROM rollup_day
    WHERE scope = {scope:String}
      AND toDate(at) IN {days:Array(Date)}
      AND (empty({country:Array(String)}) OR country IN {country:Array(String)})
      AND (empty({isp:Array(String)}) OR isp IN {isp:Array(String)})
)
