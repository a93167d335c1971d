(create_table (object_reference
  database: (identifier)? @scope
  schema: (identifier)? @scope
  name: (identifier) @name)) @definition.table
(create_view (object_reference
  database: (identifier)? @scope
  schema: (identifier)? @scope
  name: (identifier) @name)) @definition.table
(create_materialized_view (object_reference
  database: (identifier)? @scope
  schema: (identifier)? @scope
  name: (identifier) @name)) @definition.table
(create_function (object_reference
  database: (identifier)? @scope
  schema: (identifier)? @scope
  name: (identifier) @name)) @definition.function
(create_trigger (object_reference
  database: (identifier)? @scope
  schema: (identifier)? @scope
  name: (identifier) @name)) @definition.function
(create_type (object_reference
  database: (identifier)? @scope
  schema: (identifier)? @scope
  name: (identifier) @name)) @definition.type
(create_index column: (identifier) @name) @definition.key

(comment) @lead
(marginalia) @lead

(invocation (object_reference name: (identifier) @reference.call))
(relation (object_reference name: (identifier) @reference.type))
(insert (object_reference name: (identifier) @reference.type))
(column_definition (object_reference name: (identifier) @reference.type))
(create_index (object_reference name: (identifier) @reference.type))
