-- One row about the whole shop before {second}: what its data holds. Shares are null where there is nothing to share.
with lines as (
  select person, day, product, category, gross, discount, refund
  from line
  where second < {second}
),
shelves as (
  select category
  from lines
  where person is not null and category is not null
  group by category
),
bought as (
  select product, count(*) as n
  from lines
  where person is not null and gross > 0
  group by product
)
select
  {day} - min(case when person is not null and gross > 0 then day end) as history_days,
  count(case when person is not null and gross > 0 then 1 end) as lines,
  (select count(*) from shelves) as categories,
  sum(case when person is not null and category is not null then cast(gross as double) else 0 end)
    / nullif(sum(case when person is not null then cast(gross as double) else 0 end), 0) as category_share,
  count(case when person is not null and gross > 0 then discount end) as discount_lines,
  count(case when person is not null and gross > 0 and discount > 0 then 1 end) as discounted_lines,
  sum(case when person is null then cast(gross - coalesce(discount, 0) - refund as double) else 0 end) as guest_net,
  sum(cast(gross - coalesce(discount, 0) - refund as double)) as net,
  (select count(product) from bought) as products,
  (select sum(n) from bought where product is not null) as product_lines,
  (select max(n) from bought where product is not null) as top_product_lines
from lines
