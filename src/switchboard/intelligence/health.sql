-- One row about the whole shop before {second}: what its data holds. Shares are null where there is nothing to share.
-- {lines} is the table. Kept to what every engine reads alike, as features.sql is.
with shelves as (  -- the lines are gone over once, the rest is over products, which are few
  select product, category,
    count(case when person is not null and gross > 0 then 1 end) as sold,
    count(person) as held,
    sum(case when person is not null then cast(gross as double) else 0 end) as held_gross,
    count(case when person is not null and gross > 0 then discount end) as stated,
    count(case when person is not null and gross > 0 and discount > 0 then 1 end) as discounted,
    sum(case when person is null then cast(gross - coalesce(discount, 0) - refund as double) else 0 end) as of_guests,
    sum(cast(gross - coalesce(discount, 0) - refund as double)) as of_all
  from {lines}
  where second < {second}
  group by product, category
),
bought as (
  select product, sum(sold) as times
  from shelves
  where sold > 0
  group by product
),
chosen as (
  select count(product) as products,
    sum(case when product is not null then times end) as product_lines,
    max(case when product is not null then times end) as top_product_lines
  from bought
)
select
  sum(shelves.sold) as lines,
  count(distinct case when shelves.held > 0 then shelves.category end) as categories,
  sum(case when shelves.category is not null then shelves.held_gross else 0 end)
    / nullif(sum(shelves.held_gross), 0) as category_share,
  sum(shelves.stated) as discount_lines,
  sum(shelves.discounted) as discounted_lines,
  sum(shelves.of_guests) as guest_net,
  sum(shelves.of_all) as net,
  max(chosen.products) as products,
  max(chosen.product_lines) as product_lines,
  max(chosen.top_product_lines) as top_product_lines
from shelves
cross join chosen
