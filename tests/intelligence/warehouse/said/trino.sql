WITH ordered AS (
  SELECT
    person,
    document,
    MIN(second) AS at_second,
    MIN(day) AS at_day,
    SUM(CAST(gross AS DOUBLE)) AS bought,
    SUM(CAST(COALESCE(discount, 0) AS DOUBLE)) AS off,
    SUM(CAST(CASE WHEN discount > 0 THEN gross - discount ELSE 0 END AS DOUBLE)) AS deal
  FROM (
    SELECT
      source.customer_id AS person,
      source.order_id AS document,
      source.product_id AS product,
      source.category AS category,
      source.day AS day,
      source.second AS second,
      COALESCE(CAST(ROUND(source.gross * 10000) AS BIGINT), 0) AS gross,
      CAST(ROUND(source.discount * 10000) AS BIGINT) AS discount,
      COALESCE(CAST(ROUND(source.refund * 10000) AS BIGINT), 0) AS refund
    FROM shop.order_lines AS source
  ) AS lines_there
  WHERE
    second < 1728000000 AND NOT person IS NULL AND gross > 0
  GROUP BY
    person,
    document
), placed AS (
  SELECT
    person,
    document,
    at_day,
    bought,
    off,
    deal,
    at_second,
    ROW_NUMBER() OVER (PARTITION BY person ORDER BY at_second, document) AS place,
    LAG(at_second) OVER (PARTITION BY person ORDER BY at_second, document) AS before_second
  FROM ordered
), spaced AS (
  SELECT
    person,
    document,
    at_day,
    bought,
    off,
    deal,
    place,
    CASE WHEN place > 1 THEN CAST(at_second - before_second AS DOUBLE) / 86400 END AS gap
  FROM placed
), totals AS (
  SELECT
    person,
    COUNT(*) AS orders,
    COUNT(CASE WHEN at_day >= 20000 - 365 THEN 1 END) AS orders_365,
    COUNT(CASE WHEN at_day >= 20000 - 90 THEN 1 END) AS orders_90,
    MIN(at_day) AS first_order_day,
    MAX(at_day) AS last_order_day,
    SUM(bought) AS gross,
    SUM(off) AS discount,
    SUM(deal) AS discounted_net,
    MAX(bought - off) AS largest_order,
    SUM(CASE WHEN at_day >= 20000 - 365 THEN bought - off ELSE 0 END) AS bought_365,
    SUM(CASE WHEN at_day >= 20000 - 90 THEN bought - off ELSE 0 END) AS bought_90,
    MAX(CASE WHEN place = 1 THEN document END) AS first_document,
    AVG(CASE WHEN gap >= 1 THEN gap END) AS gap_mean,
    STDDEV_SAMP(CASE WHEN gap >= 1 THEN gap END) AS gap_deviation,
    COUNT(CASE WHEN gap >= 1 THEN 1 END) AS gaps
  FROM spaced
  GROUP BY
    person
), returned AS (
  SELECT
    person,
    document,
    MAX(refund) AS largest,
    SUM(CAST(refund AS DOUBLE)) AS back,
    SUM(CAST(CASE WHEN day >= 20000 - 365 THEN refund ELSE 0 END AS DOUBLE)) AS back_365,
    SUM(CAST(CASE WHEN day >= 20000 - 90 THEN refund ELSE 0 END AS DOUBLE)) AS back_90,
    SUM(CAST(CASE WHEN gross <= 0 THEN COALESCE(discount, 0) ELSE 0 END AS DOUBLE)) AS stray
  FROM (
    SELECT
      source.customer_id AS person,
      source.order_id AS document,
      source.product_id AS product,
      source.category AS category,
      source.day AS day,
      source.second AS second,
      COALESCE(CAST(ROUND(source.gross * 10000) AS BIGINT), 0) AS gross,
      CAST(ROUND(source.discount * 10000) AS BIGINT) AS discount,
      COALESCE(CAST(ROUND(source.refund * 10000) AS BIGINT), 0) AS refund
    FROM shop.order_lines AS source
  ) AS lines_there
  WHERE
    second < 1728000000 AND NOT person IS NULL AND (
      refund <> 0 OR gross <= 0
    )
  GROUP BY
    person,
    document
), refunds AS (
  SELECT
    person,
    COUNT(CASE WHEN largest > 0 THEN 1 END) AS refunded_orders,
    SUM(back) AS refund,
    SUM(back_365) AS refund_365,
    SUM(back_90) AS refund_90,
    SUM(stray) AS stray_discount
  FROM returned
  GROUP BY
    person
), spent AS (
  SELECT
    person,
    category,
    SUM(CAST(gross - COALESCE(discount, 0) AS DOUBLE)) AS net
  FROM (
    SELECT
      source.customer_id AS person,
      source.order_id AS document,
      source.product_id AS product,
      source.category AS category,
      source.day AS day,
      source.second AS second,
      COALESCE(CAST(ROUND(source.gross * 10000) AS BIGINT), 0) AS gross,
      CAST(ROUND(source.discount * 10000) AS BIGINT) AS discount,
      COALESCE(CAST(ROUND(source.refund * 10000) AS BIGINT), 0) AS refund
    FROM shop.order_lines AS source
  ) AS lines_there
  WHERE
    second < 1728000000 AND NOT person IS NULL AND gross > 0 AND NOT category IS NULL
  GROUP BY
    person,
    category
  HAVING
    SUM(CAST(gross - COALESCE(discount, 0) AS DOUBLE)) > 0
), mix AS (
  SELECT
    person,
    COUNT(*) AS categories,
    CAST(MAX(net) AS DOUBLE) / SUM(net) AS top_category_share,
    LN(SUM(net)) - CAST(SUM(net * LN(net)) AS DOUBLE) / SUM(net) AS category_entropy
  FROM spent
  GROUP BY
    person
), basket AS (
  SELECT
    person,
    document,
    product
  FROM (
    SELECT
      source.customer_id AS person,
      source.order_id AS document,
      source.product_id AS product,
      source.category AS category,
      source.day AS day,
      source.second AS second,
      COALESCE(CAST(ROUND(source.gross * 10000) AS BIGINT), 0) AS gross,
      CAST(ROUND(source.discount * 10000) AS BIGINT) AS discount,
      COALESCE(CAST(ROUND(source.refund * 10000) AS BIGINT), 0) AS refund
    FROM shop.order_lines AS source
  ) AS lines_there
  WHERE
    second < 1728000000 AND NOT person IS NULL AND gross > 0 AND NOT product IS NULL
  GROUP BY
    person,
    document,
    product
), chosen AS (
  SELECT
    basket.person,
    basket.product,
    COUNT(*) AS times,
    COUNT(CASE WHEN basket.document = totals.first_document THEN 1 END) AS early
  FROM basket
  JOIN totals
    ON totals.person = basket.person
  GROUP BY
    basket.person,
    basket.product
), choice AS (
  SELECT
    person,
    COUNT(*) AS products,
    SUM(times) AS product_lines,
    SUM(early) AS first_lines
  FROM chosen
  GROUP BY
    person
)
SELECT
  CAST(totals.person AS VARCHAR) AS person,
  CAST(totals.orders AS DOUBLE) AS orders,
  CAST(totals.orders_365 AS DOUBLE) AS orders_365,
  CAST(totals.orders_90 AS DOUBLE) AS orders_90,
  CAST(totals.first_order_day AS DOUBLE) AS first_order_day,
  CAST(totals.last_order_day AS DOUBLE) AS last_order_day,
  CAST(totals.gross AS DOUBLE) AS gross,
  CAST(totals.discount AS DOUBLE) AS discount,
  CAST(totals.discounted_net AS DOUBLE) AS discounted_net,
  CAST(totals.largest_order AS DOUBLE) AS largest_order,
  CAST(totals.bought_365 AS DOUBLE) AS bought_365,
  CAST(totals.bought_90 AS DOUBLE) AS bought_90,
  CAST(totals.gap_mean AS DOUBLE) AS gap_mean,
  CAST(totals.gap_deviation AS DOUBLE) AS gap_deviation,
  CAST(totals.gaps AS DOUBLE) AS gaps,
  CAST(COALESCE(refunds.refunded_orders, 0) AS DOUBLE) AS refunded_orders,
  CAST(COALESCE(refunds.refund, 0) AS DOUBLE) AS refund,
  CAST(COALESCE(refunds.refund_365, 0) AS DOUBLE) AS refund_365,
  CAST(COALESCE(refunds.refund_90, 0) AS DOUBLE) AS refund_90,
  CAST(COALESCE(refunds.stray_discount, 0) AS DOUBLE) AS stray_discount,
  CAST(COALESCE(mix.categories, 0) AS DOUBLE) AS categories,
  CAST(CASE WHEN mix.categories > 0 THEN mix.top_category_share END AS DOUBLE) AS top_category_share,
  CAST(CASE WHEN mix.categories > 0 THEN mix.category_entropy END AS DOUBLE) AS category_entropy,
  CAST(COALESCE(choice.products, 0) AS DOUBLE) AS products,
  CAST(COALESCE(choice.product_lines, 0) AS DOUBLE) AS product_lines,
  CAST(COALESCE(choice.first_lines, 0) AS DOUBLE) AS first_lines
FROM totals
LEFT JOIN refunds
  ON refunds.person = totals.person
LEFT JOIN mix
  ON mix.person = totals.person
LEFT JOIN choice
  ON choice.person = totals.person
