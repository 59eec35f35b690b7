-- One row per customer who has ordered, ascending by person: the figures that must be summed over lines and orders.
-- {second} and {day} are the moment asked about; {persons} is a condition on the column person, {lines} the table.
-- Kept to what every engine reads alike: integer days and seconds, no date functions, explicit double casts; no name
-- is given twice where one is read (ClickHouse takes an alias before a column); what `lag` and an outer join give where
-- there is no row is looked at only where there is one (ClickHouse gives 0).
with ordered as (
  select person, document, min(second) as at_second, min(day) as at_day,
    sum(cast(gross as double)) as bought,
    sum(cast(coalesce(discount, 0) as double)) as off,
    sum(cast(case when discount > 0 then gross - discount else 0 end as double)) as deal
  from {lines}
  where second < {second} and {persons} and gross > 0
  group by person, document
),
placed as (
  select person, document, at_day, bought, off, deal, at_second,
    row_number() over (partition by person order by at_second, document) as place,
    lag(at_second) over (partition by person order by at_second, document) as before_second
  from ordered
),
spaced as (
  select person, document, at_day, bought, off, deal, place,
    case when place > 1 then cast(at_second - before_second as double) / 86400 end as gap
  from placed
),
totals as (
  select person,
    count(*) as orders,
    count(case when at_day >= {day} - 365 then 1 end) as orders_365,
    count(case when at_day >= {day} - 90 then 1 end) as orders_90,
    min(at_day) as first_order_day,
    max(at_day) as last_order_day,
    sum(bought) as gross,
    sum(off) as discount,
    sum(deal) as discounted_net,
    max(bought - off) as largest_order,
    sum(case when at_day >= {day} - 365 then bought - off else 0 end) as bought_365,
    sum(case when at_day >= {day} - 90 then bought - off else 0 end) as bought_90,
    max(case when place = 1 then document end) as first_document,
    avg(case when gap >= 1 then gap end) as gap_mean,
    stddev_samp(case when gap >= 1 then gap end) as gap_deviation,
    count(case when gap >= 1 then 1 end) as gaps
  from spaced
  group by person
),
returned as (
  select person, document, max(refund) as largest,
    sum(cast(refund as double)) as back,
    sum(cast(case when day >= {day} - 365 then refund else 0 end as double)) as back_365,
    sum(cast(case when day >= {day} - 90 then refund else 0 end as double)) as back_90,
    sum(cast(case when gross <= 0 then coalesce(discount, 0) else 0 end as double)) as stray
  from {lines}
  where second < {second} and {persons} and (refund <> 0 or gross <= 0)
  group by person, document
),
refunds as (
  select person, count(case when largest > 0 then 1 end) as refunded_orders, sum(back) as refund,
    sum(back_365) as refund_365, sum(back_90) as refund_90, sum(stray) as stray_discount
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
basket as (  -- a product of an order once, however many lines it takes
  select person, document, product
  from {lines}
  where second < {second} and {persons} and gross > 0 and product is not null
  group by person, document, product
),
chosen as (
  select basket.person, basket.product, count(*) as times,
    count(case when basket.document = totals.first_document then 1 end) as early
  from basket
  join totals on totals.person = basket.person
  group by basket.person, basket.product
),
choice as (
  select person, count(*) as products, sum(times) as product_lines, sum(early) as first_lines
  from chosen
  group by person
)
select totals.person as person, totals.orders as orders, totals.orders_365 as orders_365,
  totals.orders_90 as orders_90, totals.first_order_day as first_order_day, totals.last_order_day as last_order_day,
  totals.gross as gross, totals.discount as discount, totals.discounted_net as discounted_net,
  totals.largest_order as largest_order, totals.bought_365 as bought_365, totals.bought_90 as bought_90,
  totals.gap_mean as gap_mean, totals.gap_deviation as gap_deviation, totals.gaps as gaps,
  coalesce(refunds.refunded_orders, 0) as refunded_orders,
  coalesce(refunds.refund, 0) as refund,
  coalesce(refunds.refund_365, 0) as refund_365,
  coalesce(refunds.refund_90, 0) as refund_90,
  coalesce(refunds.stray_discount, 0) as stray_discount,
  coalesce(mix.categories, 0) as categories,
  case when mix.categories > 0 then mix.top_category_share end as top_category_share,
  case when mix.categories > 0 then mix.category_entropy end as category_entropy,
  coalesce(choice.products, 0) as products,
  coalesce(choice.product_lines, 0) as product_lines,
  coalesce(choice.first_lines, 0) as first_lines
from totals
left join refunds on refunds.person = totals.person
left join mix on mix.person = totals.person
left join choice on choice.person = totals.person
order by totals.person
