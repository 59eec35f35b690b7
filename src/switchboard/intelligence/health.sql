-- One row about the whole shop before {second}: what its data holds. Shares are null where there is nothing to share.
with shelves as (  -- the lines are gone over once, the rest is over products, which are few
  select product, category,
    count(case when person is not null and gross > 0 then 1 end) as lines,
    count(person) as held,
    sum(case when person is not null then cast(gross as double) else 0 end) as gross,
    count(case when person is not null and gross > 0 then discount end) as discount_lines,
    count(case when person is not null and gross > 0 and discount > 0 then 1 end) as discounted_lines,
    sum(case when person is null then cast(gross - coalesce(discount, 0) - refund as double) else 0 end) as guest_net,
    sum(cast(gross - coalesce(discount, 0) - refund as double)) as net
  from line
  where second < {second}
  group by product, category
),
bought as (
  select product, sum(lines) as n
  from shelves
  where lines > 0
  group by product
)
select
  sum(lines) as lines,
  count(distinct case when held > 0 then category end) as categories,
  sum(case when category is not null then gross else 0 end) / nullif(sum(gross), 0) as category_share,
  sum(discount_lines) as discount_lines,
  sum(discounted_lines) as discounted_lines,
  sum(guest_net) as guest_net,
  sum(net) as net,
  (select count(product) from bought) as products,
  (select sum(n) from bought where product is not null) as product_lines,
  (select max(n) from bought where product is not null) as top_product_lines
from shelves
