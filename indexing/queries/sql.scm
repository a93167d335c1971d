(create_table (object_reference) @name) @definition.table
(create_view (object_reference) @name) @definition.table
(create_materialized_view (object_reference) @name) @definition.table
(create_function (object_reference) @name) @definition.function
(create_trigger (object_reference) @name) @definition.function
(create_type (object_reference) @name) @definition.type
(create_index column: (identifier) @name) @definition.key

(comment) @lead
(marginalia) @lead

(invocation (object_reference name: (identifier) @reference.call))
(relation (object_reference name: (identifier) @reference.type))
(insert (object_reference name: (identifier) @reference.type))
(column_definition (object_reference name: (identifier) @reference.type))
(create_index (object_reference name: (identifier) @reference.type))
