-- A part, not a statement: whether a run belongs to the one arm of a comparison or to the other.
if({by:String} = 'period', '', toString({arm:Identifier})) AS arm_key,
arm_key = {a_key:String} AND started_at >= {a_from:DateTime64(3, 'UTC')} AND started_at < {a_to:DateTime64(3, 'UTC')} AS in_a,
arm_key = {b_key:String} AND started_at >= {b_from:DateTime64(3, 'UTC')} AND started_at < {b_to:DateTime64(3, 'UTC')} AS in_b
