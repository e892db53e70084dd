# The desk: the agent’s page, and the customer’s phone beside it in the demo.

## The page

desk-title = Puesto
desk-title-both = Puesto y teléfono
desk-demo = Demo
desk-signed-in = Sesión de { $agent }
desk-requests = Tus solicitudes
desk-history = Antes en este turno
desk-empty = Aún no se ha preguntado a nadie.
desk-empty-hint = La solicitud que envíes aparece aquí y sigue al cliente paso a paso.
desk-both = Una llamada, los dos lados
desk-step-ask = Pregunta a un cliente
desk-step-tap = Toca el mensaje en el teléfono
desk-step-decide = Inicia sesión y permite o rechaza
desk-step-see = Mira la respuesta en el puesto
desk-still-watching = Sin scripts, esta página se actualiza cada 5 segundos.
desk-still = Sin scripts, esta página muestra el estado del momento en que se abrió.
desk-still-stop = Detenerlo para escribir una solicitud
desk-still-start = Actualizar cada 5 segundos

## The form

desk-ask = Preguntar a un cliente
desk-customer = Cliente
desk-customer-hint = Teléfono con prefijo de país, correo o ID de usuario
desk-customers = Clientes de la demo
desk-not-verified = { $name }, sin verificar
desk-guess-phone = Se interpreta como teléfono
desk-guess-email = Se interpreta como correo
desk-guess-user = Se interpreta como ID de usuario
desk-customer-type = El cliente se indica por
desk-type-guess = Según lo que escribo
desk-type-phone = Teléfono
desk-type-email = Correo electrónico
desk-type-user = ID de usuario
desk-send-by = Enviar por
desk-channel-sms = SMS
desk-channel-email = Correo
desk-channel-link = Enlace o QR
desk-channel-code = Código para leer
desk-reference = Referencia
desk-reference-hint = Léela en voz alta. El cliente la compara o la elige.
desk-more = Más opciones
desk-text = Texto delante del enlace
desk-text-default = El texto del proveedor
desk-lifetime = Tiempo para responder
desk-minutes = { $minutes } minutos
desk-send = Enviar la solicitud

## What is wrong with the form

desk-invalid-customer-missing = Escribe el teléfono, el correo o el ID de usuario del cliente
desk-invalid-customer-malformed = Esto no es un teléfono, un correo ni un ID de usuario
desk-invalid-country = Escribe el teléfono con su país, por ejemplo +1 555 0100
desk-invalid-contact = Di cómo empezó la conversación con el cliente
desk-invalid-reference-missing = Escribe una referencia que puedas leer en voz alta, o usa la propuesta
desk-invalid-reference-long = La referencia tiene { $length } caracteres. Se permiten { $most } como máximo
desk-invalid-reference-character = La referencia no puede contener «{ $character }». Se permiten letras, cifras y - . _ + / ! ? #
desk-invalid-text-long = El texto tiene { $length } caracteres. Se permiten 160 como máximo
desk-invalid-text-malformed = El texto debe ser una sola línea
desk-invalid-form = Este formulario no está completo. Rellénalo de nuevo

## Why an order was not placed

desk-refused-many = Tienes demasiadas solicitudes abiertas. Espera a que terminen algunas o retíralas.
desk-refused-waiting = Hay demasiadas solicitudes en espera para este cliente. Espera a que se responda una o caduque.
desk-refused-late = El proveedor no respondió a tiempo. Puede que el cliente haya recibido un enlace; pregunta antes de enviar otro.
    .without-links = El proveedor no respondió a tiempo. Puede que la solicitud se haya hecho de todos modos. Envíala otra vez.
desk-refused-away = No se puede contactar con el proveedor. Inténtalo en un momento.
desk-refused-unknown = El proveedor no conoce a ningún cliente así con teléfono o correo verificado. Revisa lo escrito o elige otro canal.
desk-refused-client = El proveedor rechaza este puesto. Alguien debe revisar su cliente OAuth y ejecutar ciba-login enable-ciba.
desk-refused-pace = El proveedor quiere menos solicitudes. Espera un minuto.
desk-refused-reason = El proveedor rechazó la solicitud: { $reason }
desk-refused-plain = El proveedor rechazó la solicitud sin dar motivo.
desk-refused-odd = La respuesta del proveedor no tiene sentido.
desk-refused-fault = El propio puesto tiene un fallo. Inténtalo en un momento.

## A request

desk-way-sent = Enviada
desk-way-opened = Abierta
desk-way-signed-in = Sesión
desk-way-answered = Respuesta
desk-signed-in-by-mail = El cliente ha iniciado sesión con nuestro correo, no en el proveedor. Eso demuestra menos.
desk-interrupted = Interrumpida
desk-interrupted-text = No se puede contactar con el proveedor. El puesto sigue intentándolo.
desk-answered = Respondida
desk-answered-text = El cliente ha respondido. Se pregunta al proveedor.
desk-deciding = Decidiendo
desk-deciding-text = El cliente ha iniciado sesión y decide ahora.
desk-opened = Abierta
desk-opened-text = El cliente ha abierto la solicitud e inicia sesión.
desk-waiting = En espera
desk-waiting-text = Enviada. Esperando al cliente.
desk-waiting-link = Da el enlace al cliente o deja que lo escanee.
desk-waiting-code = Lea el código al cliente.
desk-report = El cliente dice que no está hablando con nosotros
desk-report-unproved = Alguien que tiene el enlace, y que no ha iniciado sesión, dice que no está hablando con nosotros
    .without-links = Alguien que tiene el código, y que no ha iniciado sesión, dice que no está hablando con nosotros
desk-wrong-reference = En la página del cliente se eligió otra referencia que la tuya
desk-report-advice = Para y comprueba con quién hablas.
desk-reported = con aviso
desk-replaced = Una solicitud más nueva la ha sustituido.
desk-token = El proveedor lo ha confirmado. ID del cliente
desk-whom = { $kind }, { $channel }
desk-kind-phone = un teléfono
desk-kind-email = un correo
desk-kind-user = un ID de usuario
desk-taken-phone = interpretado como teléfono
desk-taken-email = interpretado como correo
desk-taken-user = interpretado como ID de usuario
desk-by-sms = por SMS
desk-by-email = por correo
desk-by-link = por enlace
desk-by-code = por código
desk-until = hasta las { $time }
desk-time-left = quedan { $time }
desk-next-look = siguiente consulta en { $seconds } s
desk-looking = consultando
desk-again = Enviar de nuevo
desk-withdraw = Retirar
desk-link = Enlace para el cliente
desk-qr = Código QR del enlace. Se abre grande, para el mostrador
desk-spoken-code = Código para el cliente
desk-spoken-code-how = El cliente abre { $address } y lo escribe allí.
desk-copy = Copiar
desk-copied = Copiado
desk-open = Abrir

## The counter

desk-counter-title = Escanear con el teléfono
desk-counter-heading = Escanee esto con su teléfono
desk-counter-picture = Código QR que abre la solicitud en su teléfono
desk-counter-reference = Su referencia
desk-counter-back = Volver al puesto

## The customer’s phone, in the demo

desk-phone = El teléfono del cliente
desk-phone-hint = Un toque abre la página real en una ventana del tamaño de un teléfono. Nada se envía de verdad: la demo guarda cada mensaje.
desk-no-messages = Aún no hay mensajes
desk-mail = Correo
desk-messages = Mensajes
desk-message-to = para { $to }
desk-code = Código

## Who called whom, the language of our text, and a page that is cut off

desk-contact = Cómo empezó la conversación
desk-contact-hint = La página del cliente se lo muestra. Elige lo que es cierto: así ve si alguien finge ser otra persona.
desk-contact-customer = El cliente nos llamó
desk-contact-company = Nosotros llamamos al cliente
desk-contact-branch = En persona, en una oficina
desk-text-language = Nuestro texto delante del enlace
desk-lost = Se ha perdido la conexión con el puesto. Esta página puede no estar al día; seguimos intentándolo.
desk-reload = Cargar la página de nuevo
