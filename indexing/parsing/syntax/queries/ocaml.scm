(value_definition (let_binding pattern: (value_name) @name (parameter)) @definition.function)
(value_definition (let_binding
  pattern: (value_name) @name body: [(fun_expression) (function_expression)]) @definition.function)
(compilation_unit (value_definition
  (let_binding pattern: (value_name) @name) @definition.constant))
(structure (value_definition (let_binding pattern: (value_name) @name) @definition.constant))
(module_definition (module_binding (module_name) @name)) @definition.module
(class_definition (class_binding (class_name) @name)) @definition.class
(method_definition (method_name) @name) @definition.method

(application_expression function: (value_path (value_name) @reference.call .))
(infix_expression operator: (_) right: (value_path (value_name) @reference.call .))
(inheritance_definition (class_path (class_name) @reference.inherit .))
