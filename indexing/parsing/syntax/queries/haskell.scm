(declarations (data_type name: (name) @name) @definition.type)
(declarations (newtype name: (name) @name) @definition.type)
(declarations (type_synonym name: (name) @name) @definition.type)
(declarations (class name: (name) @name) @definition.class)
((declarations (instance name: (name) @name patterns: (type_patterns . (_) @name))
  @definition.block) (#set! members))
((function name: (variable) @name) @definition.function (#set! clauses))
((bind name: (variable) @name) @definition.function (#set! clauses))
(class_declarations (signature name: (variable) @name) @definition.method)

(comment) @lead
(haddock) @lead
(declarations (signature) @lead.signature)

(apply function: [
  (variable) @reference.call
  (constructor) @reference.call
  (qualified id: (variable) @reference.call)])
(import module: (module) @reference.import)
(import_name [(variable) (name)] @reference.import)
(instance name: (name) @reference.inherit)
(name) @reference.type
