-- One row per customer who has ordered, ascending by person: the figures that must be summed over lines and orders.
-- {second} and {day} are the moment asked about; {persons} is a condition on the column person, {lines} the table.
-- Kept to what every engine reads alike: integer days and seconds, no date functions, explicit double casts.
with orders as (
  select person, document, min(second) as second, min(day) as day,
    sum(cast(gross as double)) as gross,
    sum(cast(coalesce(discount, 0) as double)) as discount,
    sum(cast(case when discount > 0 then gross - discount else 0 end as double)) as discounted_net
  from {lines}
  where second < {second} and {persons} and gross > 0
  group by person, document
),
spaced as (
  select person, document, day, gross, discount, discounted_net,
    cast(second - lag(second) over (partition by person order by second, document) as double) / 86400 as gap
  from orders
),
totals as (
  select person,
    count(*) as orders,
    count(case when day >= {day} - 365 then 1 end) as orders_365,
    count(case when day >= {day} - 90 then 1 end) as orders_90,
    min(day) as first_order_day,
    max(day) as last_order_day,
    sum(gross) as gross,
    sum(discount) as discount,
    sum(discounted_net) as discounted_net,
    max(gross - discount) as largest_order,
    sum(case when day >= {day} - 365 then gross - discount else 0 end) as bought_365,
    sum(case when day >= {day} - 90 then gross - discount else 0 end) as bought_90,
    max(case when gap is null then document end) as first_document,
    avg(case when gap >= 1 then gap end) as gap_mean,
    stddev_samp(case when gap >= 1 then gap end) as gap_deviation,
    count(case when gap >= 1 then 1 end) as gaps
  from spaced
  group by person
),
returned as (
  select person, document, max(refund) as largest,
    sum(cast(refund as double)) as refund,
    sum(cast(case when day >= {day} - 365 then refund else 0 end as double)) as refund_365,
    sum(cast(case when day >= {day} - 90 then refund else 0 end as double)) as refund_90,
    sum(cast(case when gross <= 0 then coalesce(discount, 0) else 0 end as double)) as stray_discount
  from {lines}
  where second < {second} and {persons} and (refund <> 0 or gross <= 0)
  group by person, document
),
returns as (
  select person, count(case when largest > 0 then 1 end) as refunded_orders, sum(refund) as refund,
    sum(refund_365) as refund_365, sum(refund_90) as refund_90, sum(stray_discount) as stray_discount
  from returned
  group by person
),
spent as (
  select person, category, sum(cast(gross - coalesce(discount, 0) as double)) as net
  from {lines}
  where second < {second} and {persons} and gross > 0 and category is not null
  group by person, category
  having sum(cast(gross - coalesce(discount, 0) as double)) > 0
),
mix as (
  select person, count(*) as categories, max(net) / sum(net) as top_category_share,
    ln(sum(net)) - sum(net * ln(net)) / sum(net) as category_entropy
  from spent
  group by person
),
baskets as (  -- a product of an order once, however many lines it takes
  select person, document, product
  from {lines}
  where second < {second} and {persons} and gross > 0 and product is not null
  group by person, document, product
),
bought as (
  select baskets.person, product, count(*) as baskets, count(case when document = first_document then 1 end) as early
  from baskets
  join totals on totals.person = baskets.person
  group by baskets.person, product
),
choice as (
  select person, count(*) as products, sum(baskets) as product_lines, sum(early) as first_lines
  from bought
  group by person
)
select totals.person, orders, orders_365, orders_90, first_order_day, last_order_day, gross, discount, discounted_net,
  largest_order, bought_365, bought_90, gap_mean, gap_deviation, gaps,
  coalesce(refunded_orders, 0) as refunded_orders,
  coalesce(refund, 0) as refund,
  coalesce(refund_365, 0) as refund_365,
  coalesce(refund_90, 0) as refund_90,
  coalesce(stray_discount, 0) as stray_discount,
  coalesce(categories, 0) as categories,
  top_category_share, category_entropy,
  coalesce(products, 0) as products,
  coalesce(product_lines, 0) as product_lines,
  coalesce(first_lines, 0) as first_lines
from totals
left join returns on returns.person = totals.person
left join mix on mix.person = totals.person
left join choice on choice.person = totals.person
order by totals.person
